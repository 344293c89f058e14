"""The items of the standard, their titles in English and Chinese, and their points.

Screens, reports and scoring share this table. Its titles and points are facts of the COPC-2000 CSP slides
(release 4.1). Items whose code holds a G belong to Gold only.
"""

from typing import Final, NamedTuple

__all__ = ["CERTIFICATION_POINTS", "GOLD_TOTAL", "ITEMS", "STANDARD_TOTAL", "Item"]

CERTIFICATION_POINTS: Final = 1900
"""Points of `STANDARD_TOTAL` that certification requires."""
STANDARD_TOTAL: Final = 2000
GOLD_TOTAL: Final = 3000


class Item(NamedTuple):
    """An item of the standard."""

    code: str
    title: str
    title_zh: str
    points: int | None
    """None: the item carries no base requirements, and belongs to Gold only."""
    gold_points: int

    @property
    def category(self) -> int:
        """1 leadership, 2 processes, 3 people, 4 performance."""
        return int(self.code[0])


ITEMS: Final[dict[str, Item]] = {
    item.code: item
    for item in (
        Item("1.1", "Statement of direction", "方向声明", 60, 70),
        Item("1.2", "Management system review", "管理体系评审", 40, 40),
        Item("1.G.A", "Planning and reviewing business performance", "规划与评审业务绩效", None, 40),
        Item(
            "2.1",
            "Implementing new products, services, programs, clients and requirements",
            "执行新的产品、服务、方案、客户与要求",
            60,
            60,
        ),
        Item("2.2", "Process capability", "流程性能", 100, 120),
        Item("2.3", "Corrective action and continuous improvement", "改正行动与持续改善", 100, 100),
        Item("2.4", "Transaction monitoring", "业务监控", 100, 100),
        Item("2.5", "Forecasting, staffing and scheduling", "预测、人员配备与排班", 100, 100),
        Item("2.6", "CUIKA", "CUIKA", 100, 100),
        Item("2.7", "End-user privacy", "最终用户隐私", 40, 40),
        Item("2.G.A", "Managing the business at interval level", "时段层面管理业务", None, 80),
        Item("2.G.B", "Key supplier management", "关键供应商管理", None, 40),
        Item("2.G.C", "Process audits", "流程审核", None, 40),
        Item("2.G.D", "Data security", "数据安全", None, 40),
        Item("2.G.E", "Contingency planning", "应急计划", None, 40),
        Item(
            "2.G.F",
            "Access to and currency of data and information",
            "数据与信息的可获得性与更新",
            None,
            40,
        ),
        Item("3.1", "Defining positions, recruiting and hiring", "定义职位、招聘与录用", 70, 100),
        Item("3.2", "Training and development", "培训与发展", 70, 100),
        Item("3.3", "Verifying skills and knowledge", "确认技能与知识", 80, 130),
        Item("3.4", "Managing staff performance", "员工绩效管理", 40, 60),
        Item("3.5", "Managing staff feedback", "管理员工反馈", 40, 60),
        Item("4.1", "Client satisfaction and dissatisfaction", "客户满意度与不满意度", 100, 100),
        Item("4.2", "End-user satisfaction and dissatisfaction", "最终用户满意度与不满意度", 200, 300),
        Item("4.3", "Service and revenue performance", "服务与收入绩效", 150, 200),
        Item("4.4", "Quality performance", "质量绩效", 150, 200),
        Item("4.5", "Cost and efficiency performance", "成本和效率绩效", 150, 200),
        Item("4.6", "Staff attrition and absenteeism", "员工流失率与缺勤", 100, 100),
        Item("4.7", "Achieving results", "取得成果", 150, 200),
        Item("4.G.A", "Asset efficiency", "资产效率", None, 50),
        Item("4.G.B", "Cost of poor quality", "劣质的成本", None, 150),
    )
}
"""Every item by its code, in the standard's order."""
